"""From the words of a command line to options, and one sentence for what is wrong with them."""
