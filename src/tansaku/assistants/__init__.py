"""assistants: a shell for programs that speak with people, over the Model Context Protocol."""
