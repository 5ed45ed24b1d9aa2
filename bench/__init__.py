"""What `make bench` measures. Each number is a ratio, or a size, of one run on one machine."""
