/**
 * The holds and bookmarks that zrepl keeps on disk, as objects of their own: found, judged and
 * removed from outside of a replication. What a running replication does with them is in the
 * package above.
 */
@NullMarked
package io.zrepl.endpoint.local.abstraction;

import org.jspecify.annotations.NullMarked;
