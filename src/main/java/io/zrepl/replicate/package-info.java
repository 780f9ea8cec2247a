/** Replication settings shared by planning and running. */
@NullMarked
package io.zrepl.replicate;

import org.jspecify.annotations.NullMarked;
