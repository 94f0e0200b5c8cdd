"""办件流程图: a case drawn on its process: what it passed, where it rests, what lies ahead."""
