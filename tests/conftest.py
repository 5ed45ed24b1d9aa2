"""The fixtures, by the file that makes them; one that imports another stands after it."""

pytest_plugins = [
    "tests.fixtures.app",
    "tests.fixtures.databases",
    "tests.fixtures.internet",
    "tests.fixtures.mailserver",
    "tests.fixtures.nameserver",
    "tests.fixtures.page",
    "tests.fixtures.postgres",
    "tests.fixtures.product",
    "tests.fixtures.watching",
    "tests.fixtures.browser",
    "tests.fixtures.desk",
]
