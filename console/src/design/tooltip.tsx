// One tooltip for the whole console: whatever has `data-tip` shows it on hover and on focus. Escape hides it (WCAG 1.4.13).
import { type ReactElement, useEffect, useRef } from 'react';
import styles from './floating.module.css';
import { place } from './place.ts';

const ID = 'tooltip';
const DELAY = 350;

/** Mounted once, by the shell. Elsewhere write `data-tip="…"`. */
export function TooltipLayer(): ReactElement {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    let shown: Element | null = null;
    let timer = 0;
    const hide = (): void => {
      clearTimeout(timer);
      shown?.removeAttribute('aria-describedby');
      shown = null;
      if (ref.current?.matches(':popover-open')) ref.current.hidePopover();
    };
    const show = (target: Element): void => {
      const layer = ref.current;
      const text = target.getAttribute('data-tip');
      if (!layer || !text || !target.isConnected) return;
      layer.textContent = text;
      layer.showPopover();
      place(layer, target.getBoundingClientRect(), 'middle', 6);
      // A tip that repeats the name would be read twice.
      if (target.getAttribute('aria-label') !== text) target.setAttribute('aria-describedby', ID);
    };
    const over = (event: Event): void => {
      const target = event.target instanceof Element ? event.target.closest('[data-tip]') : null;
      if (target === shown) return;
      hide();
      if (target === null) return;
      shown = target;
      timer = window.setTimeout(() => show(target), event.type === 'focusin' ? 0 : DELAY);
    };
    const focus = (event: FocusEvent): void => {
      if (event.target instanceof Element && event.target.matches(':focus-visible')) over(event);
    };
    const key = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') hide();
    };
    const stop = new AbortController();
    const options = { signal: stop.signal, passive: true };
    document.addEventListener('pointerover', over, options);
    document.addEventListener('focusin', focus, options);
    document.addEventListener('focusout', hide, options);
    document.addEventListener('pointerdown', hide, options);
    document.addEventListener('keydown', key, options);
    addEventListener('scroll', hide, { ...options, capture: true });
    return () => stop.abort();
  }, []);
  return <div ref={ref} id={ID} role="tooltip" popover="manual" className={styles.tip} />;
}
