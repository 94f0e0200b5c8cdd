"""场景包静态检查: the parts of the check, each over one kind of question."""
