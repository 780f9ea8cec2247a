/**
 * The wire protocol of zrepl (version 7): the remote sender and receiver, and the server for ours.
 *
 * <p>Every connection begins with the {@linkplain io.zrepl.rpc.Banner banner} in both directions
 * and the {@linkplain io.zrepl.rpc.Plane label} of the client; then it belongs to gRPC (package
 * {@code rpc.control}) or carries one request in frames (package {@code rpc.data}).
 */
@NullMarked
package io.zrepl.rpc;

import org.jspecify.annotations.NullMarked;
