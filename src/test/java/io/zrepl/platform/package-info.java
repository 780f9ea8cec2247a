/**
 * The endpoints and the commands of ZFS on real ZFS, one scenario a test; a number at the beginning
 * of a name is that of the scenario.
 */
@NullMarked
package io.zrepl.platform;

import org.jspecify.annotations.NullMarked;
