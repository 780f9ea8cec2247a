/** Frames, heartbeats, messages and streams of a data connection. */
@NullMarked
package io.zrepl.rpc.frame;

import org.jspecify.annotations.NullMarked;
