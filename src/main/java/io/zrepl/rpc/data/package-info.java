/** One request with its stream on a data connection: both sides. */
@NullMarked
package io.zrepl.rpc.data;

import org.jspecify.annotations.NullMarked;
