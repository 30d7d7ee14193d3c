#include <algorithm>
#include <cstring>

#include "machine.h"
#include "machine_call.h"
#include "scalar_ops.h"

namespace opensupa::fuzz {
namespace {

/// The width of the bit field that an lvalue names, 0 if it names none.
uint32_t BitFieldWidth(const Expr& lvalue) {
  return lvalue.op == Op::kMember ? lvalue.args[0]->type->fields[lvalue.index].bits : 0;
}

}  // namespace

ThreadSet Machine::ExecList(const StmtList& list, ThreadSet set, Frame& frame, Flow flow) {
  for (const StmtPtr& stmt : list) {
    if (set.empty()) break;
    set = Exec(*stmt, set, frame, flow);
  }
  return set;
}

ThreadSet Machine::Exec(const Stmt& stmt, const ThreadSet& set, Frame& frame, Flow flow) {
  switch (stmt.kind) {
    case Stmt::Kind::kDeclare:
      ExecDeclare(stmt, set, frame);
      return set;
    case Stmt::Kind::kAssign:
      ExecAssign(stmt, set, frame);
      return set;
    case Stmt::Kind::kIf: {
      ThreadSet taken;
      set.ForEach([&](uint32_t thread) {
        if (Holds(*stmt.value, frame, thread)) taken.Add(thread);
      });
      const ThreadSet after = ExecList(stmt.body, taken, frame, flow);
      return after | ExecList(stmt.otherwise, set - taken, frame, flow);
    }
    case Stmt::Kind::kWhile:
    case Stmt::Kind::kDo:
    case Stmt::Kind::kFor:
      return ExecLoop(stmt, set, frame);
    case Stmt::Kind::kSwitch:
      return ExecSwitch(stmt, set, frame, flow);
    case Stmt::Kind::kBreak:
      *flow.broke = *flow.broke | set;
      return {};
    case Stmt::Kind::kContinue:
      *flow.continued = *flow.continued | set;
      return {};
    case Stmt::Kind::kReturn:
      ExecReturn(stmt, set, frame);
      return {};
    case Stmt::Kind::kBarrier:
      ExecBarrier(stmt, set, frame);
      return set;
    case Stmt::Kind::kWarp:
      ExecWarp(stmt, set, frame);
      return set;
    case Stmt::Kind::kAtomic:
      set.ForEach([&](uint32_t thread) { ExecAtomic(stmt, thread, frame); });
      return set;
    case Stmt::Kind::kCall:
      ExecCall(stmt, set, frame);
      return set;
    case Stmt::Kind::kBlock:
      return ExecList(stmt.body, set, frame, flow);
    case Stmt::Kind::kLambda:
      return set;
  }
  return set;
}

ThreadSet Machine::ExecLoop(const Stmt& stmt, const ThreadSet& set, Frame& frame) {
  ThreadSet active = set;
  ThreadSet left;
  const auto keep_those_that_hold = [&] {
    ThreadSet holds;
    active.ForEach([&](uint32_t thread) {
      if (Holds(*stmt.value, frame, thread)) holds.Add(thread);
    });
    left = left | (active - holds);
    active = holds;
  };
  if (stmt.kind == Stmt::Kind::kFor) {
    active.ForEach([&](uint32_t thread) {
      Store(VariableAddress(*stmt.variable, frame, thread), *stmt.variable->type,
            Eval(*stmt.args[0], frame, thread), 0, thread, RaceChecker::kPlain);
    });
  }
  if (stmt.kind != Stmt::Kind::kDo) keep_those_that_hold();
  while (!active.empty()) {
    Step();
    ThreadSet broke;
    ThreadSet continued;
    active = ExecList(stmt.body, active, frame, {&broke, &continued}) | continued;
    left = left | broke;
    if (stmt.kind == Stmt::Kind::kFor) {
      active.ForEach([&](uint32_t thread) {
        std::byte* counter = VariableAddress(*stmt.variable, frame, thread);
        const Type& type = *stmt.variable->type;
        const uint64_t old = Load(counter, type, thread);
        const uint64_t step = Eval(*stmt.args[1], frame, thread);
        if (Overflows(Op::kAdd, type.scalar, old, step)) Invalid("a loop counter overflows");
        Store(counter, type, EvalBinary(Op::kAdd, type.scalar, old, step), 0, thread,
              RaceChecker::kPlain);
      });
    }
    keep_those_that_hold();
  }
  return left;
}

ThreadSet Machine::ExecSwitch(const Stmt& stmt, const ThreadSet& set, Frame& frame, Flow flow) {
  std::vector<ThreadSet> entering(stmt.cases.size());
  ThreadSet left;
  set.ForEach([&](uint32_t thread) {
    const auto value = static_cast<int32_t>(Eval(*stmt.value, frame, thread));
    const auto has_label = [&](const SwitchCase& one) {
      return std::find(one.labels.begin(), one.labels.end(), value) != one.labels.end();
    };
    auto chosen = std::find_if(stmt.cases.begin(), stmt.cases.end(), has_label);
    if (chosen == stmt.cases.end()) {
      chosen = std::find_if(stmt.cases.begin(), stmt.cases.end(),
                            [](const SwitchCase& one) { return one.labels.empty(); });
    }
    if (chosen == stmt.cases.end()) {
      left.Add(thread);
    } else {
      entering[static_cast<size_t>(chosen - stmt.cases.begin())].Add(thread);
    }
  });
  ThreadSet falling;
  for (size_t i = 0; i < stmt.cases.size(); ++i) {
    ThreadSet broke;
    const ThreadSet after =
        ExecList(stmt.cases[i].body, entering[i] | falling, frame, {&broke, flow.continued});
    left = left | broke;
    falling = stmt.cases[i].falls_through ? after : ThreadSet();
    if (!stmt.cases[i].falls_through) left = left | after;
  }
  return left | falling;
}

void Machine::ExecDeclare(const Stmt& stmt, const ThreadSet& set, Frame& frame) {
  const Type& type = *stmt.variable->type;
  set.ForEach([&](uint32_t thread) {
    std::byte* place = VariableAddress(*stmt.variable, frame, thread);
    if (stmt.value == nullptr) {
      std::memset(place, 0, type.size_bytes);
    } else if (type.is_struct()) {
      Copy(place, Address(*stmt.value, frame, thread), type, thread);
    } else {
      Store(place, type, Eval(*stmt.value, frame, thread), 0, thread, RaceChecker::kPlain);
    }
  });
}

void Machine::AssignTo(const Stmt& stmt, uint64_t value, Frame& frame, uint32_t thread) {
  if (stmt.target == nullptr) return;
  Store(Address(*stmt.target, frame, thread), *stmt.target->type, value,
        BitFieldWidth(*stmt.target), thread, RaceChecker::kPlain);
}

void Machine::ExecAssign(const Stmt& stmt, const ThreadSet& set, Frame& frame) {
  const Type& type = *stmt.target->type;
  set.ForEach([&](uint32_t thread) {
    if (type.is_struct()) {
      const std::byte* from = Address(*stmt.value, frame, thread);
      Copy(Address(*stmt.target, frame, thread), from, type, thread);
      return;
    }
    uint64_t value = Eval(*stmt.value, frame, thread);
    if (stmt.op != Op::kLiteral) {
      const uint64_t old = Load(Address(*stmt.target, frame, thread), type, thread);
      value = EvalBinary(stmt.op, type.scalar, old, value);
    }
    AssignTo(stmt, value, frame, thread);
  });
}

void Machine::ExecReturn(const Stmt& stmt, const ThreadSet& set, Frame& frame) {
  frame.returned = frame.returned | set;
  if (stmt.value == nullptr) return;
  const Type& type = *frame.function->result;
  set.ForEach([&](uint32_t thread) {
    std::byte* place = frame.memory + frame.stride * thread;
    if (type.is_struct()) {
      Copy(place, Address(*stmt.value, frame, thread), type, thread);
    } else {
      Store(place, type, Eval(*stmt.value, frame, thread), 0, thread, RaceChecker::kPlain);
    }
  });
}

void Machine::ExecCall(const Stmt& stmt, const ThreadSet& set, Frame& frame) {
  // Threads that pick the same function call it together.
  std::vector<std::pair<const Function*, ThreadSet>> groups;
  set.ForEach([&](uint32_t thread) {
    const Function* callee = &Callee(*stmt.value, frame, thread);
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const auto& one) { return one.first == callee; });
    if (group == groups.end()) group = groups.insert(group, {callee, {}});
    group->second.Add(thread);
  });
  for (const auto& [callee, threads] : groups) {
    const Type& type = *callee->result;
    Call(*callee, *stmt.value, stmt.value->op == Op::kTableCall ? 1 : 0, threads,
         std::max(2u, program_.threads_per_block()), frame,
         [&](const std::byte* value, uint32_t thread) {
           if (stmt.target == nullptr) return;
           if (type.is_struct()) {
             Copy(Address(*stmt.target, frame, thread), value, type, thread);
           } else {
             AssignTo(stmt, Load(value, type, thread), frame, thread);
           }
         });
  }
}

}  // namespace opensupa::fuzz
