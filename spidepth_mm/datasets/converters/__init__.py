"""From unpacked archives to what training and testing read: checks, caches, exports."""
