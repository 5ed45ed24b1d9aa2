"""Who receives mail: the addresses of a domain and the users behind them."""
