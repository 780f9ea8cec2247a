/**
 * The contents of requests and responses: between the bytes of protocol buffers and our own types.
 *
 * <p>Each message has one parser and one writer, written by hand above the coders of the protobuf
 * library: the messages are few and small, and what comes from a peer is validated while it is
 * read, so that no half-checked object exists.
 */
@NullMarked
package io.zrepl.rpc.message;

import org.jspecify.annotations.NullMarked;
