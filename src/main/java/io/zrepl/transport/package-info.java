/** How the sides of a replication find each other. */
@NullMarked
package io.zrepl.transport;

import org.jspecify.annotations.NullMarked;
