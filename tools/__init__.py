"""What builds, starts and tests the program. Standard library only, until `tools.build` has run."""
