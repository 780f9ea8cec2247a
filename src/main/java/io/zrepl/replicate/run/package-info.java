/** Carrying out a replication: attempts, step queue, retries. */
@NullMarked
package io.zrepl.replicate.run;

import org.jspecify.annotations.NullMarked;
