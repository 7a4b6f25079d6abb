"""What stands between the network and moto: bounds on connections and bodies, browsers' requests, access keys."""
