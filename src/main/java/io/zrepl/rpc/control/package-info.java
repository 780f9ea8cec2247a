/** The calls without a stream, through gRPC on a connection that we made: both sides. */
@NullMarked
package io.zrepl.rpc.control;

import org.jspecify.annotations.NullMarked;
