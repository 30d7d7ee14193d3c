#include "opensupa/core/specializer.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "opensupa/base/log.h"
#include "opensupa/base/options.h"
#include "opensupa/core/module.h"

namespace opensupa::rt {
namespace {

using Clock = std::chrono::steady_clock;

constexpr char kFastEngineSuffix[] = "/fast";

// The one whose thread must end before the compiler's own data goes, at the end of the process.
std::atomic<Specializer*> compiling{nullptr};

void StopCompiling() {
  if (Specializer* specializer = compiling.exchange(nullptr)) specializer->Stop();
}

}  // namespace

Specializer::Specializer(CodeStore& store)
    : store_(store),
      mode_([] {
        const std::string mode = options::Get(options::kSpecialize);
        if (mode == "off") return Mode::kOff;
        if (mode == "eager") return Mode::kEager;
        if (mode != "auto") {
          log::Write(log::Level::kWarning,
                     absl::StrCat("Option ", options::kSpecialize.name, " is '", mode,
                                  "', which is neither auto, eager nor off; auto is used."));
        }
        return Mode::kAuto;
      }()),
      process_(getpid()) {}

Specializer::~Specializer() {
  Specializer* self = this;
  compiling.compare_exchange_strong(self, nullptr);
  Stop();
}

bool Specializer::CanServe(const Image& image, absl::string_view target) const {
  return mode_ != Mode::kOff && image.has_portable_code() &&
         absl::EndsWith(target, kFastEngineSuffix);
}

void Specializer::Follow(std::shared_ptr<Function> function, const hal::Dim3& block,
                         KernelVariants::Advice advice) {
  // A child does not have the thread.
  if (getpid() != process_) return;
  Job job{std::move(function), block, advice == KernelVariants::Advice::kMake};
  if (eager()) {
    job.may_compile = true;
    Serve(job);
    return;
  }
  std::lock_guard lock(mutex_);
  if (stopping_) return;
  jobs_.push_back(std::move(job));
  if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
  changed_.notify_one();
}

void Specializer::Stop() {
  if (getpid() != process_) return;
  std::thread ending;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    jobs_.clear();
    ending = std::move(thread_);
  }
  changed_.notify_one();
  if (ending.joinable()) ending.join();
}

void Specializer::Run() {
  bool registered = false;
  while (true) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    if (job.may_compile && !registered && store_.compiler().Open().ok()) {
      // Handlers run in reverse order: this one before those of the compiler, which is loaded now.
      compiling.store(this);
      registered = std::atexit(StopCompiling) == 0;
    }
    Serve(job);
  }
}

void Specializer::Serve(const Job& job) {
  const auto start = Clock::now();
  const StatusOr<KernelVariants::Variant> made = Make(job);
  Function& function = *job.function;
  const double elapsed_ms = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  const std::string what =
      absl::StrFormat("Code of kernel '%s' for blocks of (%d, %d, %d) threads",
                      function.info().name, job.block.x, job.block.y, job.block.z);
  if (made.ok()) {
    function.variants().Publish(job.block, *made);
    log::Write(log::Level::kInfo, absl::StrFormat("%s took %.1f ms.", what, elapsed_ms));
    return;
  }
  if (!job.may_compile && absl::IsNotFound(made.status())) return;
  function.variants().GiveUp(job.block);
  log::Write(log::Level::kInfo, absl::StrCat(what, " is not made: ", made.status().message()));
}

StatusOr<KernelVariants::Variant> Specializer::Make(const Job& job) {
  Module& module = job.function->module();
  const std::string& name = job.function->info().name;
  SUPA_ASSIGN_OR_RETURN(const std::vector<std::byte> code,
                        module.image()->CodeForBlock(job.function->code_target(), name, job.block,
                                                     store_, job.may_compile));
  KernelVariants::Variant variant;
  hal::Device& device = module.device();
  SUPA_ASSIGN_OR_RETURN(variant.program, device.LoadProgram(code));
  StatusOr<hal::KernelHandle> handle = device.FindKernel(variant.program, name);
  if (!handle.ok()) {
    device.UnloadProgram(variant.program).IgnoreError();
    return handle.status();
  }
  variant.handle = *handle;
  return variant;
}

}  // namespace opensupa::rt
