/** What a replication did and does, as immutable values. */
@NullMarked
package io.zrepl.replicate.report;

import org.jspecify.annotations.NullMarked;
