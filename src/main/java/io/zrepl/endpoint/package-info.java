/** What replication and pruning need from a side: sender, receiver, and the stream between them. */
@NullMarked
package io.zrepl.endpoint;

import org.jspecify.annotations.NullMarked;
