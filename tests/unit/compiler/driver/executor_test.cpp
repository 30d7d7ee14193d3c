#include "executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "file_io.h"
#include "opensupa/base/fault_point.h"
#include "scratch_files.h"

namespace opensupa::cc {
namespace {

using ::testing::HasSubstr;

Job Shell(const std::string& script, int group = -1, const std::string& output = "") {
  return {{"/bin/sh", "-c", script}, group, output};
}

class ExecutorTest : public ::testing::Test {
 protected:
  int Run(const std::vector<Job>& jobs, bool verbose = false) {
    ::testing::internal::CaptureStderr();
    const int code = RunJobs(jobs, verbose).exit_code;
    error_ = ::testing::internal::GetCapturedStderr();
    return code;
  }
  ScratchFiles files_;
  std::string error_;
};

TEST_F(ExecutorTest, JobsRunInOrderUntilOneFails) {
  const std::string log = files_.Path("log");
  EXPECT_EQ(Run({Shell("echo 1 >> " + log), Shell("echo 2 >> " + log + "; exit 3"),
                 Shell("echo 3 >> " + log)}),
            1);
  EXPECT_EQ(*ReadFile(log), "1\n2\n");
}

TEST_F(ExecutorTest, TheOutputOfAFailedJobIsRemoved) {
  const std::string out = files_.Path("out");
  EXPECT_EQ(Run({Shell("echo half > " + out + "; exit 1", -1, out)}), 1);
  EXPECT_FALSE(FileExists(out));
}

TEST_F(ExecutorTest, DiagnosticsOfAGroupAreShownOnceAndCounted) {
  const std::string say = "echo 'a.su:1:2: warning: odd' >&2";
  EXPECT_EQ(Run({Shell(say, 0), Shell(say, 0)}), 0);
  EXPECT_EQ(error_, "a.su:1:2: warning: odd\n1 warning generated.\n");
}

/// A job that may run beside the `count` jobs before it.
Job Early(Job job, int count) {
  job.independent_of = count;
  return job;
}

TEST_F(ExecutorTest, AnIndependentJobRunsBesideTheOnesBefore) {
  const std::string pipe = files_.Path("pipe");
  // Each waits for the other at the pipe.
  EXPECT_EQ(Run({Shell("mkfifo " + pipe), Shell("echo x > " + pipe + "; echo 'one' >&2", 0),
                 Early(Shell("cat " + pipe + " > /dev/null; echo 'two' >&2", 0), 1)}),
            0);
  EXPECT_EQ(error_, "one\ntwo\n");
}

TEST_F(ExecutorTest, WhenAJobFailsTheOneBesideItIsStoppedAndItsOutputRemoved) {
  const std::string out = files_.Path("out");
  EXPECT_EQ(Run({Shell("while [ ! -e " + out + " ]; do :; done; exit 1"),
                 Early(Shell("echo half > " + out + "; exec sleep 100", 0, out), 1)}),
            1);
  EXPECT_FALSE(FileExists(out));
  EXPECT_EQ(error_, "");
}

TEST_F(ExecutorTest, VerbosePrintsTheCommands) {
  EXPECT_EQ(Run({Shell("true", 0)}, true), 0);
  EXPECT_EQ(error_, " \"/bin/sh\" \"-c\" \"true\"\n");
}

TEST_F(ExecutorTest, ACrashHasItsOwnExitCode) {
  EXPECT_EQ(Run({Shell("kill -SEGV $$")}), 254);
  EXPECT_THAT(error_, HasSubstr("command failed due to signal 11 (Segmentation fault)"));
}

TEST_F(ExecutorTest, AProgramThatDoesNotExistIsNamed) {
  EXPECT_EQ(Run({{{"/no/such/program"}, 0, ""}}), 1);
  EXPECT_THAT(error_, HasSubstr("brcc: error: unable to execute command: '/no/such/program': "
                                "No such file or directory"));
}

TEST_F(ExecutorTest, AFailedStartIsReported) {
  fault::Arm(1);
  EXPECT_EQ(Run({Shell("true")}), 1);
  EXPECT_TRUE(fault::Fired());
  fault::Disarm();
  EXPECT_THAT(error_, HasSubstr("brcc.spawn"));
}

TEST(ScratchDirectoryTest, IsPrivateAndRemovedWithItsContent) {
  std::string path;
  {
    StatusOr<ScratchDirectory> scratch = ScratchDirectory::Create();
    ASSERT_TRUE(scratch.ok());
    path = scratch->path();
    EXPECT_TRUE(WriteFile(path + "/x", "x", 1).ok());
    EXPECT_EQ(std::filesystem::status(path).permissions(), std::filesystem::perms::owner_all);
    ScratchDirectory moved(*std::move(scratch));
    EXPECT_TRUE(IsDirectory(path));
  }
  EXPECT_FALSE(FileExists(path));
}

TEST(ScratchDirectoryTest, AFailureIsReported) {
  fault::Arm(1);
  StatusOr<ScratchDirectory> scratch = ScratchDirectory::Create();
  fault::Disarm();
  EXPECT_FALSE(scratch.ok());
}

}  // namespace
}  // namespace opensupa::cc
