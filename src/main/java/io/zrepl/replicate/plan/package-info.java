/** From the versions of two sides to replication steps or a conflict. */
@NullMarked
package io.zrepl.replicate.plan;

import org.jspecify.annotations.NullMarked;
