# SPDX-License-Identifier: GPL-2.0-only
"""Runs the tests and prints TAP, as all other test programs of the project do."""
import sys
import unittest


class TapResult(unittest.TestResult):
    """A line for each test."""

    def _tell(self, good, test, more="", said=""):
        print(f"{'ok' if good else 'not ok'} {self.testsRun} - {test.id()}{more}")
        for line in said.splitlines():
            print(f"# {line}")
        sys.stdout.flush()

    def addSuccess(self, test):
        super().addSuccess(test)
        self._tell(True, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._tell(False, test, said=self.failures[-1][1])

    def addError(self, test, err):
        super().addError(test, err)
        self._tell(False, test, said=self.errors[-1][1])

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._tell(True, test, f" # SKIP {reason}")


def main():
    suite = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:] or ["test_extram"])
    print(f"1..{suite.countTestCases()}")
    result = suite.run(TapResult())
    sys.exit(not result.wasSuccessful())


if __name__ == "__main__":
    main()
