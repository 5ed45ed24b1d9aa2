"""The fixtures, by the file that makes them."""

pytest_plugins = [
    "tests.fixtures.app",
    "tests.fixtures.browser",
    "tests.fixtures.mailserver",
    "tests.fixtures.nameserver",
    "tests.fixtures.page",
    "tests.fixtures.postgres",
    "tests.fixtures.product",
]
