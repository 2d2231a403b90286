"""Stand-in for rules_java: Bazel's built-in Java rules under its names.

Nothing here is Java, but Bazel 4.2.3 loads these names for its own tools as
soon as there is a cc_test.
"""

java_binary = native.java_binary
java_import = native.java_import
java_library = native.java_library
java_package_configuration = native.java_package_configuration
java_plugin = native.java_plugin
java_runtime = native.java_runtime
java_test = native.java_test
java_toolchain = native.java_toolchain
