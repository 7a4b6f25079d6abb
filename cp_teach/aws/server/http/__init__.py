"""The HTTP server in front of moto: limits on connections and bodies, checks of browser requests, and access keys."""
