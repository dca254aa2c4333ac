"""From the marks on tests to the fields of tasks."""
