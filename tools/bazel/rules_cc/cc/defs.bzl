"""Stand-in for rules_cc: Bazel's built-in C and C++ rules under its names.

Bazel 4.2.3 loads these names for its own tools. Debian's bazel-rules-cc is
made for a later Bazel and does not load here.
"""

cc_binary = native.cc_binary
cc_import = native.cc_import
cc_library = native.cc_library
cc_proto_library = native.cc_proto_library
cc_test = native.cc_test
cc_toolchain = native.cc_toolchain
cc_toolchain_suite = native.cc_toolchain_suite
objc_library = native.objc_library
