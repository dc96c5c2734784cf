"""What one can do with Zhaiyao, one module per use case, called alike by command line, web and protocol servers."""
