#include "test/sim/op.h"

namespace rn::sim {
namespace {

struct Form {
  OpKind kind;
  const char *name;
  size_t words;
};

constexpr Form kForms[] = {
    {OpKind::kCreate, "create", 1},
    {OpKind::kWrite, "write", 1},
    {OpKind::kChmod, "chmod", 1},
    {OpKind::kMkdir, "mkdir", 1},
    {OpKind::kRmdir, "rmdir", 1},
    {OpKind::kUnlink, "unlink", 1},
    {OpKind::kMove, "mv", 2},
    {OpKind::kExchange, "xchg", 2},
    {OpKind::kLink, "ln", 2},
    {OpKind::kSymlink, "symlink", 2},
    {OpKind::kFifo, "fifo", 1},
    {OpKind::kHold, "hold", 1},
    {OpKind::kRelease, "release", 1},
    {OpKind::kStep, "step", 0},
    {OpKind::kFail, "fail", 2},
    {OpKind::kWatches, "watches", 1},
    {OpKind::kDescriptors, "descriptors", 1},
    {OpKind::kLose, "lose", 0},
    {OpKind::kAdd, "add", 3},
    {OpKind::kUpdate, "update", 2},
    {OpKind::kRemove, "remove", 1},
    {OpKind::kSuspend, "suspend", 1},
    {OpKind::kResume, "resume", 1},
    {OpKind::kAppend, "append", 1},
    {OpKind::kSync, "sync", 0},
    {OpKind::kStill, "still", 0},
};

const Form &FormOf(OpKind kind) {
  const Form *form = kForms;
  while (form->kind != kind) ++form;
  return *form;
}

}  // namespace

std::string OpText(const Op &op) {
  const Form &form = FormOf(op.kind);
  std::string text = form.name;
  if (op.process != 0) text += "@" + std::to_string(op.process);
  if (form.words >= 1) text += " " + op.a;
  if (form.words >= 2) text += " " + op.b;
  if (form.words >= 3) text += " " + op.c;
  return text;
}

bool ParseOpKind(const std::string &name, OpKind *kind) {
  for (const Form &form : kForms) {
    if (name != form.name) continue;
    *kind = form.kind;
    return true;
  }
  return false;
}

bool ParseOp(const std::vector<std::string> &words, Op *op) {
  if (words.empty()) return false;
  std::string name = words[0];
  *op = Op{};
  const size_t at = name.find('@');
  if (at != std::string::npos) {
    const std::string process = name.substr(at + 1);
    if (process.size() != 1 || process[0] < '0' ||
        process[0] >= '0' + kProcessCount)
      return false;
    op->process = static_cast<uint8_t>(process[0] - '0');
    name.resize(at);
  }
  for (const Form &form : kForms) {
    if (name != form.name || words.size() != form.words + 1) continue;
    op->kind = form.kind;
    if (form.words >= 1) op->a = words[1];
    if (form.words >= 2) op->b = words[2];
    if (form.words >= 3) op->c = words[3];
    return true;
  }
  return false;
}

}  // namespace rn::sim
