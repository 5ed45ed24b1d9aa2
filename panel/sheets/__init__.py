"""Account sheets: what a person needs to set up a mailbox, on the screen and on paper."""
