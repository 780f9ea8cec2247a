package io.zrepl.lab;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestWatcher;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link LabTest} does. One guest per OpenZFS series serves all test classes of the run. */
final class LabExtension implements BeforeEachCallback, TestWatcher, ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(LabExtension.class);

  @Override
  public void beforeEach(ExtensionContext context) throws Exception {
    guest(context).freshPools(annotation(context).poolSize(), "src", "dst");
  }

  /** Also called when what comes before or after the test itself failed. */
  @Override
  public void testFailed(ExtensionContext context, @Nullable Throwable cause) {
    System.err.printf(
        "%n===== %s failed on real ZFS; state of the guest:%n%s%n=====%n",
        context.getDisplayName(), guest(context).describe());
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Guest.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    return guest(context);
  }

  private static LabTest annotation(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getRequiredTestClass(), LabTest.class)
        .orElseThrow();
  }

  private static Guest guest(ExtensionContext context) {
    // In the store of the root, JUnit closes it (and so the guest) after the last test class.
    return Objects.requireNonNull(
        context
            .getRoot()
            .getStore(NAMESPACE)
            .computeIfAbsent(annotation(context).zfs(), Guest::start, Guest.class));
  }
}
