/**
 * Pure values of the domain: paths, names, versions, filters, and how versions of two sides relate.
 */
@NullMarked
package io.zrepl.model;

import org.jspecify.annotations.NullMarked;
