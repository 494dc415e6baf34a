"""Public fakes and conformance suites, for the tests of stores and applications."""
