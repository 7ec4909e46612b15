"""What the Makefile runs: provisioning, demo, tests, benchmark, screenshots."""
