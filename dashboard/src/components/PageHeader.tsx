import { type ReactNode, useEffect } from 'react';

interface PageHeaderProps {
  title: string;
  description?: ReactNode;
  /** Beside the title, such as a status. */
  badge?: ReactNode;
  actions?: ReactNode;
}

/** The heading of a view; it also names the browser's tab. */
export function PageHeader({ title, description, badge, actions }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · yaa`;
  }, [title]);
  return (
    <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-44">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <h1 className="text-2xl font-semibold tracking-tight">{title}</h1>
          {/* On a phone a line of their own: they would jump there when the font of the title comes. */}
          {badge && (
            <div className="flex flex-wrap items-center gap-x-3 gap-y-2 max-sm:w-full max-sm:gap-x-1.5">
              {badge}
            </div>
          )}
        </div>
        {description && <div className="mt-1 text-muted">{description}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
