package io.zrepl.replicate.plan;

import io.zrepl.model.Guid;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/** Guids held compactly: eight bytes each. Immutable. */
final class GuidList extends AbstractList<Guid> implements RandomAccess {
  private final long[] values;

  private GuidList(List<Guid> guids) {
    values = guids.stream().mapToLong(Guid::value).toArray();
  }

  /** The same guids in the same order. */
  static GuidList copyOf(List<Guid> guids) {
    return guids instanceof GuidList compact ? compact : new GuidList(guids);
  }

  @Override
  public Guid get(int index) {
    return new Guid(values[index]);
  }

  @Override
  public int size() {
    return values.length;
  }
}
