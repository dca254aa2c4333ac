"""The tests of a run as a graph, in the formats that programs draw or read."""
