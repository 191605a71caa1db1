"""Ways to reach people, a module each."""
