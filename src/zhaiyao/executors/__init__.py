"""Ways to run work side by side behind `ports.Executor`: `threads`, in this process."""
