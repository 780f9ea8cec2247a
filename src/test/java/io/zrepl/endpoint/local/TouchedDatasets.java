package io.zrepl.endpoint.local;

import io.zrepl.model.DatasetPath;
import io.zrepl.model.VersionPath;
import io.zrepl.zfs.DatasetSelection;
import io.zrepl.zfs.ReceiveArguments;
import io.zrepl.zfs.SendArguments;
import io.zrepl.zfs.Zfs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;

/** Passes everything on to another {@link Zfs} and notes which datasets were named. */
final class TouchedDatasets {
  /** Whatever is not here changes something, also what will be added. */
  private static final Set<String> READING =
      Set.of("datasets", "versions", "lookup", "holds", "estimate", "send", "keepsPartialState");

  private final Zfs zfs;
  private final Set<DatasetPath> read = new TreeSet<>();
  private final Set<DatasetPath> changed = new TreeSet<>();

  TouchedDatasets(Zfs real) {
    this.zfs =
        (Zfs)
            Proxy.newProxyInstance(
                Zfs.class.getClassLoader(),
                new Class<?>[] {Zfs.class},
                (_, method, arguments) -> pass(real, method, arguments));
  }

  private Object pass(Zfs real, Method method, Object[] arguments) throws Throwable {
    Set<DatasetPath> named = READING.contains(method.getName()) ? read : changed;
    for (Object argument : arguments) {
      note(argument, named);
    }
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void note(Object argument, Set<DatasetPath> named) {
    switch (argument) {
      case DatasetPath path -> named.add(path);
      case VersionPath version -> named.add(version.filesystem());
      case Collection<?> several -> several.forEach(one -> note(one, named));
      case DatasetSelection.Exactly(Set<DatasetPath> datasets) -> named.addAll(datasets);
      case DatasetSelection.Subtrees(Set<DatasetPath> roots) -> named.addAll(roots);
      case DatasetSelection.Everything _ -> throw new AssertionError("lists everything");
      case SendArguments send -> named.add(send.filesystem());
      case ReceiveArguments receive -> named.add(receive.target().filesystem());
      default -> {} // tags, guids, streams
    }
  }

  Zfs zfs() {
    return zfs;
  }

  void clear() {
    read.clear();
    changed.clear();
  }

  /** What commands were told to change. */
  Set<DatasetPath> changed() {
    return Set.copyOf(changed);
  }

  /** What commands were told to read. */
  Set<DatasetPath> read() {
    return Set.copyOf(read);
  }

  /** Both. */
  Set<DatasetPath> all() {
    Set<DatasetPath> all = new TreeSet<>(read);
    all.addAll(changed);
    return all;
  }
}
