"""What is said of tests elsewhere than on them."""
