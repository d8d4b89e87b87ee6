"""读取: files become values of the rule book here, and a file that is wrong says where and why."""
