"""Pure rules of files: what a file is by its content, what is wrong inside it, what to call it."""
