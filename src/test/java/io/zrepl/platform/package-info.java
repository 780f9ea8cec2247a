/**
 * What the endpoints, the planner and the driver do on real ZFS, without a daemon: one test per
 * scenario.
 */
@NullMarked
package io.zrepl.platform;

import org.jspecify.annotations.NullMarked;
