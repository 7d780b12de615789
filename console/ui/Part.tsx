import { Component, type ReactNode, Suspense } from "react";
import { toast } from "./Toast";

interface PartProps {
  children: ReactNode;
  /** In its place when it cannot be loaded; without it that is said in passing. */
  fallback?: ReactNode;
  onFail?: () => void;
}

/** What is loaded when it is asked for. When that fails (no network, a newer build), the page around it stays. */
export class Part extends Component<PartProps, { hasFailed: boolean }> {
  static getDerivedStateFromError() {
    return { hasFailed: true };
  }

  override state = { hasFailed: false };

  override componentDidCatch() {
    if (this.props.fallback === undefined) {
      const text = "This part cannot be loaded. Save what you have typed, then load the page again.";
      toast({ text, tone: "danger" });
    }
    this.props.onFail?.();
  }

  override render() {
    if (this.state.hasFailed) return this.props.fallback ?? null;
    return <Suspense fallback={null}>{this.props.children}</Suspense>;
  }
}
