"""moto's server, its TLS handshakes made by the threads of the connections.

As it comes it makes them in the one thread that accepts: a client whose link is cut between the connection and its
first word then keeps everybody waiting.
"""

import functools
import ssl

from moto.server import main

if __name__ == "__main__":
    ssl.SSLContext.wrap_socket = functools.partialmethod(ssl.SSLContext.wrap_socket, do_handshake_on_connect=False)
    main()
