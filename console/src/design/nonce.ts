// The nonce of this page, for what makes its styles while it runs (CodeMirror).
export const cspNonce = (): string => document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';
